import { timeoutAfter } from './async/timeout'
import type { Context } from './context'
import type { Limiter } from './contract/limiter'
import { type Store, isStore } from './contract/store'
import { keyRing } from './crypto/key-ring'
import { readable } from './errors/amend-error'
import { asError } from './errors/as-error'
import { OAuth2Error, ServerError } from './errors/errors'
import { isPermanent } from './errors/fault'
import { type Events, createEvents } from './events'
import { assertGrantTypes } from './grants'
import { limiting } from './limiting'
import { storageOverModel } from './model-2.4/over-model'
import type { Options } from './options/server-options'
import { settingsOf } from './options/settings'
import { reporting, warning, warningOf } from './reporting'
import { keySetsFor } from './storage/key-sets'
import { storageOverStore } from './storage/over-store'

/** Returns what every endpoint of a server shares. Throws an OptionError if an option is wrong. */
export function contextOf(options: Options): { context: Context; events: Events } {
  const settings = settingsOf(options)
  const { model, profile, storeTimeout } = settings
  if (profile.name === 'oauth2.1') assertGrantTypes(settings, model as Store)
  const warn = warning()
  const isSilent = () => options.debug !== undefined
  const { events, emit } = createEvents((error) => {
    settings.report(error)
    if (!isSilent()) warn('A listener of oauth.events failed', error)
  })
  const emitWarning = warningOf(emit, warn, (name) => isSilent() || events.listenerCount(name) > 0)
  const withTimeout = timeoutAfter(storeTimeout)
  const keys =
    settings.keys &&
    keyRing(settings.keys, settings.now, withTimeout, (error) =>
      emitWarning('keys.failed', { error }),
    )
  const keySets = keySetsFor(settings, emitWarning)
  const storage = isStore(model)
    ? storageOverStore(model, settings, emit, withTimeout, keySets, keys)
    : storageOverModel(model, settings, withTimeout)
  const limitedBy = (limiter: Limiter | undefined) => limiting(limiter, emitWarning, withTimeout)
  const context: Context = {
    settings,
    storage,
    keys,
    emit,
    keySets,
    limited: limitedBy(settings.limiter),
    limitedRegistrations: limitedBy(settings.registration?.limiter ?? settings.limiter),
    report: reporting(
      settings.report,
      emit,
      () => isSilent() || events.listenerCount('server.error') > 0,
      warn,
    ),
    asOAuth2Error(thrown) {
      if (thrown instanceof OAuth2Error) return readable(thrown)
      // A cause that is undefined would look like none.
      const cause = thrown ?? asError(thrown)
      emit('store.failed', { error: cause })
      return isPermanent(cause) ? new ServerError(null, cause) : profile.unavailable(cause)
    },
  }
  return { context, events }
}
