import { creates, grantsOf, issues } from '../checked'
import { equal, holds } from '../expect'
import { aClient, aCredential, aGrant, anId } from '../given'
import { group } from '../group'
import { opaque } from '../traits/opaque'
import { foundAs } from '../trial'

const collation = {
  why: "Two users or two clients become one, and one reads the other's data; many CVEs come from this.",
  fix: 'Use a binary collation on every id (`COLLATE "C"`, `utf8mb4_nopad_bin`), and `===` after the read.',
}

export const value = group('value', 'contract', [
  {
    ...collation,
    ...opaque('case', () => {
      const id = anId('Case')
      return [id, id.toLowerCase(), id.toUpperCase()]
    }),
    title: 'ids that differ only in upper and lower case are different ids',
  },
  {
    ...collation,
    ...opaque('trailing-space', () => {
      const id = anId('space')
      return [id, `${id} `, ` ${id}`, `${id}  `, `${id}\t`, `${id}\u00a0`]
    }),
    title: 'ids that differ only in leading or trailing spaces are different ids',
  },
  {
    ...collation,
    ...opaque('normalise', () => {
      const id = anId('norm')
      return [`${id}e`, `${id}é`, `${id}e\u0301`, `${id}ß`, `${id}ss`, `${id}ｅ`, `${id}\u200be`]
    }),
    title: 'ids that differ only in accents or in their Unicode form are different ids',
  },
  {
    ...opaque('length', () => {
      const id = anId('long').padEnd(254, 'x')
      return [`${id}1`, `${id}2`, id]
    }),
    why: 'Two ids that differ only in the part that is cut off become one.',
    fix: 'Use columns of 255 characters, not bytes, in a strict mode that refuses longer values.',
    title: 'ids of 255 characters are stored and compared in full',
  },
  {
    ...opaque('unicode', () => {
      const id = anId('uni')
      return [
        '😀',
        '😁',
        '\u{10ffff}',
        'שלום\u202e',
        'क्षि',
        '\u{1f468}\u200d\u{1f469}',
        '\ufeff',
      ].map((text) => `${id}${text}`)
    }),
    why: 'Three-byte UTF-8 refuses or cuts such text, and latin1 turns it into question marks.',
    fix: 'Use utf8mb4 for every column of MySQL and MariaDB, and UTF8 for every database of PostgreSQL.',
    title: 'ids may contain any character: astral, right-to-left or combining',
  },
  {
    id: 'large',
    title: '"data" of 16 KiB and client metadata of 4 KiB are returned unchanged',
    why: 'A sealed answer or a long scope does not fit into varchar(255).',
    fix: 'Use a text column.',
    async run(t) {
      const data = JSON.stringify({ scope: 'ä😀'.repeat(4000) })
      const { grant, credential } = await t.issuedGrant({ data }, { data })
      await foundAs(t.store, credential, grant, 'A credential with large "data"')
      equal(await grantsOf(t.store, { grantId: grant.id }), [grant], 'A grant with large "data"')
      const client = aClient({ metadata: { text: '"\\'.repeat(2048) } })
      await creates(t.store, client)
      equal(await t.store.getClient(client.id), client, 'A client with large metadata')
    },
  },
  {
    id: 'data',
    title: 'find() and listGrants() return "data" byte for byte, whatever JSON it contains',
    why: 'The core may sign or seal it, and a JSON column sorts keys, drops some and rewrites numbers.',
    fix: 'Use a text column, not a JSON column.',
    async run(t) {
      const texts = [
        '{"b":1,"a":1.0,"a":2}',
        ' { "x" : "\\u0000\\ud83d\\ude00\\ud800" } ',
        '{"__proto__":{"x":1},"constructor":null,"$where":"1","a.b":{"$ne":1}}',
        '{"n":12345678901234567890,"e":1e400,"text":"\'\\"`\\\\%_\\r\\n\u2028"}',
        '"$clientId"',
      ]
      for (const data of texts) {
        const { grant, credential } = await t.issuedGrant({ data }, { data })
        await foundAs(t.store, credential, grant, 'A credential')
        equal(await grantsOf(t.store, { grantId: grant.id }), [grant], 'A grant')
      }
    },
  },
  {
    id: 'keys',
    title: 'client metadata may have any key: with dots, dollars or spaces, or empty',
    why: 'Document databases give some of these keys a special meaning.',
    fix: 'Keep metadata as JSON text.',
    async run({ store }) {
      const metadata = {
        'a.b': 1,
        $set: { $ne: null },
        '': 'empty',
        ' ': 'space',
        'ä"\'': [],
        toString: 'x',
        _id: 7,
      }
      const client = aClient({ metadata })
      await creates(store, client)
      equal(await store.getClient(client.id), client, 'getClient()')
    },
  },
  {
    id: 'proto',
    title: 'client metadata keeps a `__proto__` key, which pollutes no prototype',
    why: 'Prototype pollution changes every object in the process.',
    fix: 'Use structuredClone() or the JSON text: JSON.parse() keeps it as an own key, but copying by assignment does not.',
    async run({ store }) {
      const metadata = JSON.parse(
        '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"kept":1}',
      ) as Record<string, unknown>
      const client = aClient({ metadata })
      await creates(store, client)
      const found = await store.getClient(client.id)
      holds(!('polluted' in {}), 'Object.prototype has a property "polluted"')
      equal(JSON.stringify(found?.metadata), JSON.stringify(metadata), 'The metadata as JSON')
    },
  },
  {
    id: 'aliasing',
    title:
      'changing an object that was passed to the store, or returned by it, changes no stored data',
    why: 'One request could change the client that another request is checked against.',
    fix: 'Copy objects on the way in, and return fresh or frozen objects.',
    async run({ store, bare }) {
      const client = aClient({ metadata: { list: [1] } })
      const saved = structuredClone(client)
      await creates(store, client)
      tamper(client)
      equal(
        await store.getClient(saved.id),
        saved,
        'getClient() after the passed object was changed',
      )
      tamper(await bare.getClient(saved.id))
      equal(
        await store.getClient(saved.id),
        saved,
        'getClient() after the returned object was changed',
      )

      const [grant, credential] = [aGrant(), aCredential()]
      const [keptGrant, kept] = [{ ...grant }, { ...credential }]
      await issues(store, grant, [credential])
      tamper(credential)
      tamper(grant)
      const found = await bare.find(kept.hash)
      tamper(found?.grant)
      tamper(found)
      await foundAs(
        store,
        kept,
        keptGrant,
        'find() after the passed and returned objects were changed',
      )
    },
  },
])

/** Changes every writable member, at every depth. */
function tamper(target: unknown): void {
  if (typeof target !== 'object' || target === null) return
  for (const [name, part] of Object.entries(target)) {
    tamper(part)
    Reflect.set(
      target,
      name,
      typeof part === 'string' ? `${part}!` : typeof part === 'number' ? part + 1 : part,
    )
  }
  if (Array.isArray(target)) Reflect.set(target, target.length, 'tampered')
}
