import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import express from 'express'
import { NodeRequest } from '../../../core/dist/frameworks/node'
import type { Trick } from './trick'

/** The query of a request of Express 5 whose URL has none, so that Express need not parse it. */
export const unparsedQuery: Trick = () => {
  const { request: prototype } = express()
  const message = Object.setPrototypeOf(
    new IncomingMessage(new Socket()),
    prototype,
  ) as typeof prototype
  message.url = '/'
  return {
    plain: () => message.query,
    trick: () => new NodeRequest(message).query,
  }
}
