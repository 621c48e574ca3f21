import { giveUp } from './environment.js'

// Applies the migrations that the database lacks: npm run migrate.
try {
  // Not at the top, because it reads the settings of the database.
  const { migrate } = await import('./migrations.js')
  const applied = await migrate()
  for (const name of applied) console.log(`Applied ${name}`)
  if (applied.length === 0) console.log('The database has all migrations')
} catch (error) {
  giveUp(error)
}
