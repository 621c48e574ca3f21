import type { Case } from '../case'

/** What a report says about a case: its promise, why it matters, and what usually fixes it. */
export type Texts = Pick<Case, 'title' | 'why' | 'fix'>
