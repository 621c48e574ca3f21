import type { Response } from 'express'

/** A page with nothing but a message. */
export interface Message {
  title: string
  text: string
  link?: { href: string; text: string }
}

/** Shows a message page. */
export function showMessage(res: Response, status: number, message: Message): void {
  const link = message.link ?? { href: '/', text: 'Start page' }
  res.status(status).render('message', { ...message, link })
}
