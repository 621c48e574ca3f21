// Serves the static files of the single-page app. It has no other back end.

import { createRequire } from 'node:module'
import express from 'express'

const { ISSUER = 'http://localhost:3000', CLIENT_ID = 'demo-spa', PORT = '4000' } = process.env
const here = import.meta.dirname

const app = express()
app.get('/config.json', (_req, res) => {
  res.json({ issuer: ISSUER, clientId: CLIENT_ID })
})
app.get('/oauth4webapi.js', (_req, res) => {
  res.sendFile(createRequire(import.meta.url).resolve('oauth4webapi'))
})
app.get('/callback', (_req, res) => {
  res.sendFile('index.html', { root: here })
})
app.use(express.static(here))

const server = app.listen(Number(PORT), () => {
  console.log(`Listening on http://localhost:${server.address().port}`)
})
