/* Sends the page's form on. Without scripts its button does. */
document.forms[0].submit();
