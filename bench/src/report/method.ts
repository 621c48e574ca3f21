/** How it was measured: what the harness does, told to its readers. */
export const method = `## How it is measured

Over HTTP, a server process answers the same requests in turns by a bare route and by the same route
with the library in it, 50 requests a turn, in an order by chance. It notes its own CPU time, user and
system, garbage collection included, of every turn; the load comes from another process over eight
connections that stay open, and a turn's requests are sent when the last one's are all answered, so that
what is done for a request late is not charged to the other turn. What a library adds is the difference of
the means of a visit, 2,000 requests: what else the machine does disturbs both, and no two processes have
to be compared. All contenders are visited in turns, in an order by chance, and every process is started
anew several times, since no two compile the same code in the same way. The tables have the median of the
visits; \`from\` and \`to\` are the 95 % confidence interval, bootstrapped over launches and visits.

In process and for the stores, contenders take turns too; there the tables have the median and both
quartiles.

## How everyone is set up

\`NODE_ENV=production\`, no logging, one client that authenticates by Basic, one user, tokens that live
an hour, and storage in memory.

| contender | storage | bearer check | tokens |
| --- | --- | --- | --- |
| oauth2-kit on a callback model | the same callback model in \`Map\`s as 2.4.1 has | \`authorise()\` | 40 hex characters |
| oauth2-kit on memoryStore | \`memoryStore()\`, with all that is on by default: hashes, rotation, replay detection (but with a limit on rotations that is never reached) | \`authorise()\` | 40 hex characters |
| oauth2-server 2.4.1 | a callback model in \`Map\`s that answers at once | \`authorise()\` | 40 hex characters |
| @node-oauth/express-oauth-server, @node-oauth/oauth2-server | a promise model in \`Map\`s | \`authenticate()\` | the model's 40 hex characters; issued ones have 64 |
| @jmondi/oauth2-server | repositories in \`Map\`s, opaque refresh tokens | its own \`JwtService.verify()\` with a key object, which is quicker than the text of its documentation: a signature, no look-up | access tokens are JWTs (HS256), as it has no others |
| oidc-provider | the memory adapter that it brings, which keeps 1,000 entries | its own \`AccessToken.find()\`: less than its endpoints do | opaque, 160 bits; no OpenID scope, so no ID token is signed |

Refresh tokens rotate everywhere. On node:http, the libraries that leave the form to the application get
the few lines that read it.
`
