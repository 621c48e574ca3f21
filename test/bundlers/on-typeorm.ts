import { oauthTables, typeormStore } from '@oauth2-kit/typeorm'
import libsql from 'libsql'
import { DataSource } from 'typeorm'
import { printAnswers } from './answers'

async function main(): Promise<void> {
  const dataSource = new DataSource({
    type: 'better-sqlite3',
    driver: libsql,
    database: ':memory:',
    ...oauthTables('better-sqlite3'),
  })
  await dataSource.initialize()
  await dataSource.runMigrations()
  await printAnswers(typeormStore(dataSource), (oauth) => {
    const endpoints = oauth.listener()
    return (req, res) =>
      endpoints(req, res, async () => {
        const { response } = await oauth.authenticate(req, { scope: 'read' })
        res.writeHead(response?.status ?? 200).end()
      })
  })
  await dataSource.destroy()
}

void main()
