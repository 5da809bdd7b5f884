//! One declaration a check: its variant, code, meaning and message can't drift apart.

/// Declares the checks of one kind of error.
///
/// A variant's doc comment is also its sentence in the catalogue; its message may name its fields.
macro_rules! checks {
    (
        $(#[doc = $about:literal])+
        $name:ident as $kind:literal;
        $(
            $(#[doc = $meaning:literal])+
            $variant:ident $({ $($field:ident: $type:ty),+ })?, $code:literal, $message:literal;
        )+
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[allow(missing_docs, reason = "the message below each variant's fields names them")]
        pub enum $name {
            $(
                $(#[doc = $meaning])+
                $variant $({ $($field: $type),+ })?,
            )+
        }

        impl $name {
            /// Each code of this kind with its meaning, in the order of declaration.
            pub(crate) const CATALOGUE: &'static [(&'static str, &'static str)] = &[
                $((concat!($kind, ".", $code), concat!($($meaning),+)),)+
            ];

            /// The stable code of the check that failed.
            pub fn code(&self) -> &'static str {
                match self {
                    $(Self::$variant $({ $($field: _),+ })? => concat!($kind, ".", $code),)+
                }
            }
        }

        impl std::fmt::Display for $name {
            #[allow(unused_variables, reason = "not every message tells every field")]
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $(Self::$variant $({ $($field),+ })? => write!(formatter, $message),)+
                }
            }
        }

        impl std::error::Error for $name {}

        impl From<$name> for super::Error {
            fn from(error: $name) -> Self {
                Self::$name(error)
            }
        }
    };
}

pub(super) use checks;
