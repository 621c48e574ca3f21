import {
  AuthorizationResponseError,
  OperationProcessingError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'oauth4webapi'

/** The description of an error for the user. */
export interface Problem {
  status: number
  title: string
  text: string
  /** The error's code and description, for support. */
  detail?: string
}

/** The response does not belong to a sign-in that this browser started. */
export class UnexpectedAnswerError extends Error {}

/** Describes an error of a sign-in or a refresh. */
export function problemOf(error: unknown, issuer: string): Problem {
  if (error instanceof AuthorizationResponseError) {
    const detail = detailOf(error.error, error.error_description)
    return error.error === 'access_denied'
      ? {
          status: 403,
          title: 'You are not signed in',
          text: 'Access was denied at the provider.',
          detail,
        }
      : {
          status: 502,
          title: 'Signing in failed',
          text: 'The provider refused the request.',
          detail,
        }
  }
  if (error instanceof UnexpectedAnswerError || error instanceof OperationProcessingError) {
    return {
      status: 400,
      title: 'Signing in failed',
      text: 'The answer does not belong to a sign-in that was started here. Start again.',
    }
  }
  if (error instanceof ResponseBodyError) {
    const detail = detailOf(error.error, error.error_description)
    return { status: 502, title: 'The provider refused', text: 'Sign in again.', detail }
  }
  if (error instanceof WWWAuthenticateChallengeError) {
    return error.cause.some(({ scheme }) => scheme === 'bearer')
      ? { status: 401, title: 'Your access has ended', text: 'Sign in again.' }
      : { status: 502, title: 'The provider refused', text: 'It does not know this application.' }
  }
  if (error instanceof TypeError && error.message === 'fetch failed') {
    return {
      status: 502,
      title: 'The provider is unavailable',
      text: `${issuer} does not answer. Check that it is running.`,
    }
  }
  return { status: 500, title: 'Server error', text: 'Try again later.' }
}

function detailOf(code: string, description: string | undefined): string {
  return description === undefined ? code : `${code}: ${description}`
}
