import { describeBinding } from '../support/describe-binding'

describeBinding('better-sqlite3')
