import type { Selector, Store } from '@oauth2-kit/core'
import type { Variant } from '../mutant'
import { operators } from './values'

type Text = (text: string) => string
type Breaks = NonNullable<Variant['breaks']>

/** How a look-up may change the text that it is called with. */
const changes: Readonly<Record<string, Text>> = {
  ...(operators.id as Record<string, Text>),
  'is in upper case': (text) => text.toUpperCase(),
  'loses its last character': (text) => text.slice(0, -1),
  'loses a trailing slash or dot': (text) => text.replace(/[/.]$/, ''),
}

/** The same for a hash or a version, which has only hexadecimal digits. */
const hashChanges = Object.fromEntries(
  ['is trimmed', 'is in upper case', 'loses its last character'].map((name) => [
    name,
    changes[name]!,
  ]),
)

/** Each argument that is an id, a name or a hash, and how to change it. */
const keys: Readonly<Record<string, (change: Text) => Breaks>> = {
  'getClient(): the id':
    (change) =>
    ({ store }) => ({
      getClient: (id) => store.getClient(folded(id, change)),
    }),
  'deleteClient(): the id':
    (change) =>
    ({ store }) => ({
      deleteClient: (id) => store.deleteClient(folded(id, change)),
    }),
  'listClients(): "after"':
    (change) =>
    ({ store }) => ({
      listClients: (page) => store.listClients(pageAfter(page, change)),
    }),
  'updateClient(): the version':
    (change) =>
    ({ store }) => ({
      updateClient: (client, version) => store.updateClient(client, folded(version, change)),
    }),
  'issue(): "clientVersion"':
    (change) =>
    ({ store }) => ({
      issue: (grant, made, { clientVersion, ...rest }) =>
        store.issue(
          grant,
          made,
          clientVersion === undefined
            ? rest
            : { ...rest, clientVersion: folded(clientVersion, change) },
        ),
    }),
  'find(): the hash':
    (change) =>
    ({ store }) => ({
      find: (hash) => store.find(folded(hash, change)),
    }),
  'revokeAccessToken(): the hash':
    (change) =>
    ({ store }) => ({
      revokeAccessToken: (hash) => store.revokeAccessToken(folded(hash, change)),
    }),
  'revoke(): the selector':
    (change) =>
    ({ store }) => ({
      revoke: (selector) => store.revoke(selectorBy(selector, change)),
    }),
  'listGrants(): the selector':
    (change) =>
    ({ store }) => ({
      listGrants: (selector, page) => store.listGrants(selectorBy(selector, change), page),
    }),
  'getRecord(): the key':
    (change) =>
    ({ store }) => ({
      getRecord: (key) => store.getRecord(folded(key, change)),
    }),
  'takeRecord(): the key':
    (change) =>
    ({ store }) => ({
      takeRecord: (key) => store.takeRecord(folded(key, change)),
    }),
  'getUser(): the id':
    (change) =>
    ({ store }) => ({
      getUser: (id) => store.getUser(folded(id, change)),
    }),
  'getUserByUsername(): the username':
    (change) =>
    ({ store }) => ({
      getUserByUsername: (name) => store.getUserByUsername(folded(name, change)),
    }),
  'deleteUser(): the id':
    (change) =>
    ({ store }) => ({
      deleteUser: (id, until) => store.deleteUser(folded(id, change), until),
    }),
  'updateUser(): the version':
    (change) =>
    ({ store }) => ({
      updateUser: (user, version) => store.updateUser(user, folded(version, change)),
    }),
  'listUsers(): "after"':
    (change) =>
    ({ store }) => ({
      listUsers: (page) => store.listUsers(pageAfter(page, change)),
    }),
}

/** Each look-up by a text, with a text that it takes for the same. */
export function argumentVariants(): Variant[] {
  return Object.entries(keys).flatMap(([argument, breaks]) =>
    Object.entries(/hash|ersion/.test(argument) ? hashChanges : changes).map(([change, apply]) => ({
      name: `${argument} ${change}`,
      breaks: breaks(apply),
    })),
  )
}

function folded(text: string, change: Text): string {
  return typeof text === 'string' ? change(text) : text
}

function pageAfter(page: Parameters<Store['listClients']>[0], change: Text) {
  return page.after === undefined ? page : { ...page, after: folded(page.after, change) }
}

function selectorBy(selector: Selector, change: Text): Selector {
  const entries: [string, string][] = Object.entries(selector)
  return Object.fromEntries(entries.map(([name, text]) => [name, folded(text, change)])) as never
}
