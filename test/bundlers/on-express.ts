import { memoryStore } from '@oauth2-kit/memory'
import express from 'express'
import { printAnswers } from './answers'

void printAnswers(memoryStore(), (oauth) => {
  const app = express()
  app.use(oauth.router())
  app.get('/', oauth.authorise({ scope: 'read' }), (_req, res) => {
    res.send('Secret area')
  })
  return app
})
