import type { DeviceHooks } from '@oauth2-kit/core'
import { type Request, Router } from 'express'
import { csrfToken, field } from '../security/forms.js'
import { showMessage } from './message.js'

/** The path of the page where a user enters the code of a device. */
export const devicePath = '/oauth/device'

/** The grant type of devices without a browser (RFC 8628). */
export const deviceCode = 'urn:ietf:params:oauth:grant-type:device_code'

/** Returns the hook for the pages of devices: the form for the code, and the way to the result. */
export function deviceHooks(): DeviceHooks {
  return {
    device(req: Request, res, { step }) {
      if (step === 'allowed' || step === 'denied') {
        // A redirect, so that a reload posts nothing, and a double click shows the same result.
        res.redirect(303, `/device/${step}`)
      } else {
        const isWrong = step === 'unknown'
        res.status(isWrong ? 422 : 200).render('device', {
          csrf: csrfToken(req),
          action: devicePath,
          userCode: isWrong ? enteredCode(req) : '',
          error: isWrong
            ? 'This code is wrong or has expired. Check it on your device.'
            : undefined,
        })
      }
      return null
    },
  }
}

/**
 * Returns the pages with the results. They name nothing, because anyone can link to them.
 */
export function deviceResultPages(): Router {
  const router = Router()
  router.get('/device/allowed', (_req, res) => {
    showMessage(res, 200, {
      title: 'Go back to your device',
      text: 'You have allowed the access, and the device goes on in a few seconds. You can close this page, and revoke the access at any time.',
      link: { href: '/apps', text: 'Your applications' },
    })
  })
  router.get('/device/denied', (_req, res) => {
    showMessage(res, 200, {
      title: 'The access was denied',
      text: 'The device cannot use your account. You can close this page.',
    })
  })
  return router
}

function enteredCode(req: Request): string {
  const { user_code: inUrl } = req.query
  return (typeof inUrl === 'string' ? inUrl : field(req, 'user_code')) ?? ''
}
