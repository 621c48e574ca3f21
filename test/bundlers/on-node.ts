import { memoryStore } from '@oauth2-kit/memory'
import { printAnswers } from './answers'

void printAnswers(memoryStore(), (oauth) => {
  const endpoints = oauth.listener()
  return (req, res) =>
    endpoints(req, res, async () => {
      const { response } = await oauth.authenticate(req, { scope: 'read' })
      if (response) res.writeHead(response.status, response.headers).end(response.body)
      else res.end('Secret area')
    })
})
