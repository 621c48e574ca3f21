import type { Response } from 'express'

/** What a page tells that has nothing else on it. */
export interface Message {
  title: string
  text: string
  link?: { href: string; text: string }
}

/** Shows a page that says what happened. */
export function showMessage(res: Response, status: number, message: Message): void {
  const link = message.link ?? { href: '/', text: 'Start page' }
  res.status(status).render('message', { ...message, link })
}
