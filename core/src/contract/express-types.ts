import type { ServerResponse } from 'node:http'
import type { ModelRequest } from './model'

// Applications with Express get its types in their hooks, and others do not need to install it. An
// import statement would lose the comment that the compiler needs in the published types.
// oxlint-disable typescript/consistent-type-imports

/** @ts-ignore -- Express may not be installed: the type is then `any`. */
export type ExpressRequest = import('express').Request
/** @ts-ignore -- Express may not be installed: the type is then `any`. */
export type ExpressResponse = import('express').Response

/** The request that the hooks of `router()` receive: Express's if its types are installed. */
// oxlint-disable-next-line no-explicit-any -- middlewares add properties
export type HookRequest = Or<ExpressRequest & Record<string, any>, ModelRequest>
/** The response that the hooks of `router()` receive: Express's if its types are installed. */
export type HookResponse = Or<ExpressResponse, ServerResponse>

/** `T`, or `Other` if `T` is `any`. */
type Or<T, Other> = 0 extends 1 & T ? Other : T
