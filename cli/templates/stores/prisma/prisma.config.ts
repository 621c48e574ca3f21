import { defineConfig } from 'prisma/config'
import { url } from './src/database.js'

export default defineConfig({
  schema: 'prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url },
})
