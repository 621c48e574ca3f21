import type { OAuth2Server } from '@oauth2-kit/core'
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda'
import express from 'express'
import serverless from 'serverless-http'
import { pages } from './oauth'

/** The result of a function behind an HTTP API of API Gateway. */
export interface LambdaResult {
  statusCode: number
  headers: Record<string, string>
  body: string
  isBase64Encoded: boolean
}

/** A function for AWS Lambda that receives events of an HTTP API. */
export type LambdaHandler = (
  event: APIGatewayProxyEventV2,
  context: Partial<Context>,
) => Promise<LambdaResult>

/**
 * Returns the provider and a protected resource as a handler for AWS Lambda. Each instance of a
 * function has its own memory, so a real one needs the store of a database:
 * `export const handler = lambdaHandler(oauthserver({ store, issuer }))`.
 */
export function lambdaHandler(oauth: OAuth2Server): LambdaHandler {
  const app = express()
  app.use(oauth.router(pages))
  app.get('/api/me', oauth.authorise({ scope: 'profile' }), (req, res) => {
    res.json(req.user ?? {})
  })
  // Its types don't say what the promise resolves with.
  return serverless(app) as unknown as LambdaHandler
}
