import { giveUp } from './provider/environment.js'
import { start } from './start.js'

start().catch(giveUp)
