// oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 forwards a rejection
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
import { grants } from '../oauth'
import { answerOnce } from '../security/answer-once'
import { checkCsrf, csrfToken, field, readForm } from '../security/forms'
import { redirectTelling, toldHere } from '../security/tell-once'
import { needsAdmin, needsUser } from '../security/who'
import type { Setting } from '../setting'
import type { UserStore } from '../stores'
import {
  type ClientFields,
  type Problem,
  changesOf,
  emptyFields,
  fieldsOf,
  fieldsPosted,
  newClientOf,
  problemOf,
} from './client-form'
import { showMessage } from './message'

const clientsOnPage = 50
const idExists: Problem = { field: 'id', text: 'There is a client with this id already.' }

/** Returns the pages where the administrator registers, changes and deletes clients. */
export function adminPages(oauth: OAuth2Server, { config, store }: Setting): Router {
  const router = Router()
  const actions = actionsOn(oauth, store)
  router.use('/admin', needsUser('/admin'), needsAdmin(config))
  router.post('/admin{/*path}', readForm, checkCsrf, answerOnce())

  router.get('/admin', async (req, res) => {
    const after = typeof req.query.after === 'string' ? req.query.after : undefined
    const found = await store.listClients({ after, limit: clientsOnPage + 1 })
    const clients = found.slice(0, clientsOnPage)
    const next = found.length > clientsOnPage ? clients.at(-1)?.id : undefined
    res.render('clients', { clients, after, next, told: toldHere(req), pathOf })
  })

  router.get('/admin/new', (req, res) => showNew(req, res, emptyFields))
  router.post('/admin/new', async (req, res) => {
    const form = fieldsPosted(req)
    if (await clientOf(store, form.id)) {
      showNew(req, res, form, idExists)
      return
    }
    try {
      const { client, secret } = await createClient(store, newClientOf(form))
      redirectTelling(req, res, pathOf(client), {
        text: 'The client is registered.',
        secret,
      })
    } catch (error) {
      // Another request may have registered the id in the meantime.
      const exists = (await clientOf(store, form.id)) !== null
      showNew(req, res, form, exists ? idExists : problemOf(error))
    }
  })

  router.get('/admin/client', async (req, res) => {
    const client = await clientOf(store, req.query.id)
    if (client) showClient(req, res, client)
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

type Action = (client: Client, req: Request, res: Response) => Promise<void>

/** Returns the actions on a client, by the value of the form's button. */
function actionsOn({ events }: OAuth2Server, store: UserStore): ReadonlyMap<string, Action> {
  async function save(client: Client, req: Request, res: Response): Promise<void> {
    const form = fieldsPosted(req)
    try {
      await updateClient(store, client.id, changesOf(form, client))
      redirectTelling(req, res, pathOf(client), { text: 'The changes are saved.' })
    } catch (error) {
      showClient(req, res, client, { form, problem: problemOf(error) })
    }
  }

  async function rotate(client: Client, req: Request, res: Response): Promise<void> {
    if (client.type === 'public') {
      redirectTelling(req, res, pathOf(client), { text: 'A public client has no secret.' })
      return
    }
    const { secret } = await rotateClientSecret(store, client.id)
    const text = 'The client has a new secret. The old one no longer works.'
    redirectTelling(req, res, pathOf(client), { text, secret })
  }

  async function revoke(client: Client, req: Request, res: Response): Promise<void> {
    const count = await revokeGrants(store, { clientId: client.id }, { events })
    const text = count === 1 ? 'One grant is revoked.' : `${count} grants are revoked.`
    redirectTelling(req, res, pathOf(client), { text })
  }

  async function remove({ id, name = id }: Client, req: Request, res: Response): Promise<void> {
    await deleteClient(store, id, { events })
    redirectTelling(req, res, '/admin', { text: `${name} is deleted, with all its tokens.` })
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

function showNew(req: Request, res: Response, form: ClientFields, problem?: Problem): void {
  if (problem) res.status(422)
  res.render('new-client', { ...shown(req, form, problem), isNew: true })
}

function showClient(
  req: Request,
  res: Response,
  client: Client,
  posted?: { form: ClientFields; problem: Problem },
): void {
  const { form, problem } = posted ?? { form: fieldsOf(client), problem: undefined }
  if (problem) res.status(422)
  res.render('client', { ...shown(req, form, problem), isNew: false, client, told: toldHere(req) })
}

function showNone(res: Response): void {
  showMessage(res, 404, {
    title: 'Client not found',
    text: 'It may have been deleted.',
    link: { href: '/admin', text: 'All clients' },
  })
}

function shown(req: Request, form: ClientFields, problem: Problem | undefined) {
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
