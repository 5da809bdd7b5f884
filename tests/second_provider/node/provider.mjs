// A provider of another family: npm's oidc-provider on loopback. Its arguments are two JSON files: one configures it,
// with the algorithms to make keys for and the APIs (`resources`) by their addresses, the other has the people, and is read
// anew for each sign-in. It writes "ready" when it listens, and ends with its standard input.

import { readFileSync } from 'node:fs';

import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import Provider, { errors } from 'oidc-provider';

const [configurationFile, peopleFile] = process.argv.slice(2);
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const { issuer, port, algorithms, client, features, resources = {}, ...configuration } = read(configurationFile);

async function newKey(alg) {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, alg, use: 'sig', kid: await calculateJwkThumbprint(jwk) };
}

// RFC 8707: what an access token for an API looks like, and what it may allow there.
const resourceIndicators = {
  enabled: true,
  getResourceServerInfo: (_context, address) => {
    if (!resources[address]) throw new errors.InvalidTarget();
    return resources[address];
  },
};

const provider = new Provider(issuer, {
  ...configuration,
  features: { ...features, resourceIndicators },
  clients: [client],
  jwks: { keys: await Promise.all(algorithms.map(newKey)) },
  pkce: { required: () => true },
  cookies: { keys: ['for these tests alone'] },
  claims: {
    acr: null,
    auth_time: null,
    sid: null,
    email: ['email', 'email_verified'],
    profile: ['preferred_username', 'given_name', 'family_name', 'name'],
    roles: ['roles'],
  },
  findAccount: (_context, subject) => {
    const person = read(peopleFile)[subject];
    return person && { accountId: subject, claims: () => ({ sub: subject, ...person }) };
  },
  // The site is the operator's own: nobody is asked whether it may know who she is.
  loadExistingGrant: async ({ oidc }) => {
    const grant = new oidc.provider.Grant({ accountId: oidc.session.accountId, clientId: oidc.client.clientId });
    grant.addOIDCScope('openid profile email roles offline_access');
    Object.entries(resources).forEach(([address, { scope }]) => grant.addResourceScope(address, scope));
    await grant.save();
    return grant;
  },
  issueRefreshToken: async () => true,
});

provider.on('server_error', (_context, error) => console.error(error));
provider.listen(port, '127.0.0.1', () => console.log('ready'));

process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
