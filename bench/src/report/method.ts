/** The section of the report about the method of measurement. */
export const method = `## How it is measured

Over HTTP, a server process answers the same requests in turns with a bare route and with the same route
behind the library: 50 requests per turn, in random order. It records its own CPU time of every turn, user
and system, including garbage collection. The load comes from another process over eight persistent
connections. The requests of a turn are sent when all requests of the previous one are answered, so that
work which is done late for a request does not count for the other turn. What a library adds is the
difference of the means of one visit, 2,000 requests: other activity on the machine affects both, and
different processes need not be compared. All contenders are visited in turns, in random order. Every
process is restarted several times, because no two compile the same code in the same way. The tables show
the median of the visits; \`from\` and \`to\` are the 95 % confidence interval, bootstrapped over launches and
visits.

In process and for the stores, contenders take turns in random order too. There the tables show the median
and both quartiles.

## Configuration of the contenders

\`NODE_ENV=production\`, no logging, one client that authenticates with Basic, one user, tokens with a
lifetime of one hour, and storage in memory.

| contender | storage | bearer check | tokens |
| --- | --- | --- | --- |
| oauth2-kit on a callback model | the same callback model in \`Map\`s as for 2.4.1 | \`authorise()\` | 40 hex characters |
| oauth2-kit on memoryStore | \`memoryStore()\`, with all defaults: hashes, rotation, replay detection (except that the limit on rotations is never reached) | \`authorise()\` | 40 hex characters |
| oauth2-kit, signed tokens | \`memoryStore()\`, with all defaults | \`authorise({ verify: 'signature' })\` | JWTs (ES256) |
| jose alone | none | \`jwtVerify()\` with a key object | JWTs (ES256) of the same claims |
| oauth2-server 2.4.1 | a callback model in \`Map\`s that answers synchronously | \`authorise()\` | 40 hex characters |
| @node-oauth/express-oauth-server, @node-oauth/oauth2-server | a promise model in \`Map\`s | \`authenticate()\` | the model's 40 hex characters; issued ones have 64 |
| @jmondi/oauth2-server | repositories in \`Map\`s, opaque refresh tokens | its own \`JwtService.verify()\` with a key object, which is faster than the text in its documentation: a signature check, no look-up | access tokens are JWTs (HS256), because it has no other kind |
| oidc-provider | its own memory adapter, which keeps 1,000 entries | its own \`AccessToken.find()\`, which is less than its endpoints do | opaque, 160 bits; no OpenID scope, so no ID token is signed |

All contenders rotate refresh tokens. On node:http, the libraries that leave parsing the form to the
application get the few lines that do it.
`
