/** What a request's target says: its path, and by it the shape of errors: RFC 6749 §5.2 under `/oauth`, RFC 9457 elsewhere. */

export type Surface = 'oauth' | 'api'

/** Answers the path, as it is spelled. A server must take the absolute form too, and the router does (RFC 9112 §3.2.2). */
export function pathOf(target: string): string {
  return target.replace(/^https?:\/\/[^/?#]*/i, '').split('?', 1)[0] ?? ''
}

export function surfaceOf(target: string): Surface {
  return /^\/oauth(?:[/#]|$)/.test(pathOf(target)) ? 'oauth' : 'api'
}
