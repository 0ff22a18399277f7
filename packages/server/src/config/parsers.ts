/** The types of settings: what text each accepts, in words and in code. */

import { BlockList, isIP } from 'node:net'

export interface Parser<T> {
  /** Completes "expects …", in the documentation and in refusals. */
  readonly accepts: string
  /** Answers `undefined` for text that is not accepted. */
  readonly parse: (text: string) => T | undefined
}

export function integer(min: number, max: number): Parser<number> {
  return {
    accepts: `a whole number from ${min} to ${max}`,
    parse(text) {
      const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN
      return value >= min && value <= max ? value : undefined
    },
  }
}

/** A number of days, or all of them. */
export function daysOrForever(min: number, max: number): Parser<number | 'forever'> {
  const days = integer(min, max)
  return {
    accepts: `${days.accepts}, or \`forever\``,
    parse: (text) => (text === 'forever' ? text : days.parse(text)),
  }
}

export function oneOf<const T extends string>(...values: readonly T[]): Parser<T> {
  return {
    accepts: `one of ${values.map((value) => `\`${value}\``).join(', ')}`,
    parse: (text) => values.find((value) => value === text),
  }
}

export const flag: Parser<boolean> = {
  accepts: '`true` or `false`',
  parse: (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
}

export const path: Parser<string> = {
  accepts: 'a path',
  parse: (text) => (text === '' || text.includes('\0') ? undefined : text),
}

export const host: Parser<string> = {
  accepts: 'an IP address or a host name',
  parse: (text) => (isIP(text) !== 0 || /^(?=.{1,253}$)[a-z\d]([a-z\d.-]*[a-z\d])?$/i.test(text) ? text : undefined),
}

/** RFC 9110 §5.1. */
export const fieldName: Parser<string> = {
  accepts: 'the name of a header',
  parse: (text) => (/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/.test(text) ? text : undefined),
}

/** RFC 8414 §2, held to one spelling, because issuers are compared as strings. */
export const issuerUrl: Parser<string> = {
  accepts:
    'an https: URL (http: only with --dev) in lower case, without query, fragment, credentials or trailing slash',
  parse(text) {
    const url = URL.parse(text)
    if (url === null || !/^https?:$/.test(url.protocol) || url.username + url.password !== '') return undefined
    const canonical = url.origin + (url.pathname === '/' ? '' : url.pathname)
    return text === canonical && !text.endsWith('/') ? text : undefined
  },
}

export const masterKeyText: Parser<string> = {
  accepts: '32 random bytes as 64 hexadecimal digits (`openssl rand -hex 32`) or as 43 characters of base64url',
  // The last character of base64url carries four bits; the other two are zero in the one canonical encoding.
  parse: (text) => (/^([\dA-Fa-f]{64}|[A-Za-z\d_-]{42}[AEIMQUYcgkosw048])$/.test(text) ? text : undefined),
}

export const addressList: Parser<readonly string[]> = {
  accepts: 'IP addresses and CIDR ranges, separated by commas',
  parse(text) {
    const entries = text.split(',').map((entry) => entry.trim())
    return entries.every(isAddressOrRange) ? entries : undefined
  },
}

function isAddressOrRange(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  if (prefix === undefined) return true
  if (!/^\d{1,3}$/.test(prefix)) return false
  try {
    new BlockList().addSubnet(address, Number(prefix), version === 4 ? 'ipv4' : 'ipv6')
    return true
  } catch {
    return false
  }
}
