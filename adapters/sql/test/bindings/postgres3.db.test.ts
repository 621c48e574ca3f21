import { describeBinding } from '../support/describe-binding'

describeBinding('postgres3')
