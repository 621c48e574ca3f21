import { defineConfig } from 'prisma/config'
import { setting } from './src/config.js'

export default defineConfig({
  schema: 'prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: setting('DATABASE_URL', 'postgres://localhost:5432/oauth') },
})
