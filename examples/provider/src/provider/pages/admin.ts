import { randomUUID } from 'node:crypto'
import {
  type Client,
  type OAuth2Server,
  createClient,
  deleteClient,
  getClient,
  revokeGrants,
  rotateClientSecret,
  updateClient,
} from '@oauth2-kit/core'
import { type Request, type Response, Router } from 'express'
import { answerOnce } from '../security/answer-once.js'
import { flashOf, redirectWith } from '../security/flash.js'
import { checkCsrf, csrfToken, field, readForm } from '../security/forms.js'
import { needsAdmin, needsUser } from '../security/who.js'
import type { Setting, UserStore } from '../setting.js'
import {
  type ClientFields,
  type Problem,
  changesOf,
  emptyFields,
  fieldsOf,
  fieldsPosted,
  newClientOf,
  problemOf,
  hasSecret,
} from './client-form.js'
import { showMessage } from './message.js'

const clientsOnPage = 50
const idExists: Problem = { field: 'id', text: 'There is a client with this id already.' }

/** Returns the pages where the administrator registers, changes and deletes clients. */
export function adminPages(oauth: OAuth2Server, setting: Setting): Router {
  const { store } = setting
  const router = Router()
  const actions = actionsOn(oauth, setting)
  router.use('/admin', needsUser('/admin'), needsAdmin(setting))
  router.post('/admin{/*path}', readForm, checkCsrf, answerOnce())

  router.get('/admin', async (req, res) => {
    const after = typeof req.query.after === 'string' ? req.query.after : undefined
    const found = await store.listClients({ after, limit: clientsOnPage + 1 })
    const clients = found.slice(0, clientsOnPage)
    const next = found.length > clientsOnPage ? clients.at(-1)?.id : undefined
    res.render('clients', { clients, after, next, flash: await flashOf(store, req), pathOf })
  })

  router.get('/admin/new', (req, res) => showNew(setting, req, res, emptyFields))
  router.post('/admin/new', async (req, res) => {
    const form = fieldsPosted(req)
    const created = await newClient(store, form)
    if ('problem' in created) {
      showNew(setting, req, res, form, created.problem)
      return
    }
    const { client, secret } = created
    await redirectWith(store, req, res, pathOf(client), {
      text: 'The client is registered.',
      secret,
    })
  })

  router.get('/admin/client', async (req, res) => {
    const client = await clientOf(store, req.query.id)
    if (client) await showClient(setting, req, res, client)
    else showNone(res)
  })
  router.post('/admin/client', async (req, res) => {
    const act = actions.get(field(req, 'do') ?? '')
    const client = await clientOf(store, req.query.id)
    if (client && act) await act(client, req, res)
    else showNone(res)
  })
  return router
}

/** Registers the client that the form describes. Resolves with it, or with what is wrong. */
async function newClient(
  store: UserStore,
  form: ClientFields,
): Promise<Awaited<ReturnType<typeof createClient>> | { problem: Problem }> {
  if (await clientOf(store, form.id)) return { problem: idExists }
  try {
    return await createClient(store, newClientOf(form))
  } catch (error) {
    // Another request may have registered the id in the meantime.
    const exists = (await clientOf(store, form.id)) !== null
    return { problem: exists ? idExists : problemOf(error) }
  }
}

type Action = (client: Client, req: Request, res: Response) => Promise<void>

/** Returns the actions on a client, by the value of the form's button. */
function actionsOn({ events }: OAuth2Server, setting: Setting): ReadonlyMap<string, Action> {
  const { store } = setting

  async function save(client: Client, req: Request, res: Response): Promise<void> {
    const form = fieldsPosted(req)
    try {
      await updateClient(store, client.id, changesOf(form, client))
      await redirectWith(store, req, res, pathOf(client), { text: 'The changes are saved.' })
    } catch (error) {
      await showClient(setting, req, res, client, { form, problem: problemOf(error) })
    }
  }

  async function rotate(client: Client, req: Request, res: Response): Promise<void> {
    if (!hasSecret(client)) {
      await redirectWith(store, req, res, pathOf(client), {
        text: 'This client has no secret.',
      })
      return
    }
    const { secret } = await rotateClientSecret(store, client.id)
    const text = 'The client has a new secret. The old one no longer works.'
    await redirectWith(store, req, res, pathOf(client), { text, secret })
  }

  async function revoke(client: Client, req: Request, res: Response): Promise<void> {
    const count = await revokeGrants(store, { clientId: client.id }, { events })
    const text = count === 1 ? 'One grant is revoked.' : `${count} grants are revoked.`
    await redirectWith(store, req, res, pathOf(client), { text })
  }

  async function remove({ id, name = id }: Client, req: Request, res: Response): Promise<void> {
    await deleteClient(store, id, { events })
    await redirectWith(store, req, res, '/admin', {
      text: `${name} is deleted, with all its tokens.`,
    })
  }

  return new Map([
    ['save', save],
    ['rotate', rotate],
    ['revoke', revoke],
    ['delete', remove],
  ])
}

/**
 * Resolves with the client that has this id, or with `null`, even for an id that no store accepts.
 */
async function clientOf(store: UserStore, id: unknown): Promise<Client | null> {
  if (typeof id !== 'string') return null
  try {
    return await getClient(store, id)
  } catch (error) {
    if (error instanceof TypeError) return null
    throw error
  }
}

function showNew(
  setting: Setting,
  req: Request,
  res: Response,
  form: ClientFields,
  problem?: Problem,
): void {
  if (problem) res.status(422)
  res.render('new-client', { ...shown(setting, req, form, problem), isNew: true })
}

async function showClient(
  setting: Setting,
  req: Request,
  res: Response,
  client: Client,
  posted?: { form: ClientFields; problem: Problem },
): Promise<void> {
  const { form, problem } = posted ?? { form: fieldsOf(client), problem: undefined }
  if (problem) res.status(422)
  const flash = await flashOf(setting.store, req)
  res.render('client', { ...shown(setting, req, form, problem), isNew: false, client, flash })
}

function showNone(res: Response): void {
  showMessage(res, 404, {
    title: 'Client not found',
    text: 'It may have been deleted.',
    link: { href: '/admin', text: 'All clients' },
  })
}

function shown(
  { grants }: Setting,
  req: Request,
  form: ClientFields,
  problem: Problem | undefined,
) {
  return {
    csrf: csrfToken(req),
    formId: randomUUID(),
    form,
    // The grant types of this provider, and those with which the client was registered elsewhere.
    grantTypes: [...new Set([...grants, ...form.grantTypes])],
    problem,
  }
}

/** The id is in the query, because in a path an id such as `..` would lead elsewhere. */
function pathOf({ id }: Client): string {
  return `/admin/client?${new URLSearchParams({ id }).toString()}`
}
