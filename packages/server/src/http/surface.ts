/** The two shapes that errors have, by path: RFC 6749 §5.2 under `/oauth`, RFC 9457 everywhere else. */

export type Surface = 'oauth' | 'api'

export function surfaceOf(url: string): Surface {
  return /^\/oauth(?:[/?#]|$)/.test(url) ? 'oauth' : 'api'
}
