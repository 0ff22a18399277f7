/** Who an address belongs to, for counting. Pure. Believing forwarded addresses or not is left to `http/`. */

import { isIPv6 } from 'node:net'

/**
 * Answers the key under which an address is counted: an IPv4 address itself; of an IPv6 address its /64, because one
 * caller commonly has all of it; of an IPv4-mapped IPv6 address the IPv4 address. A port, which some proxies write into
 * `X-Forwarded-For`, is left out: a caller has many.
 */
export function addressBlock(address: string): string {
  const [, bracketed, dottedQuad] = /^(?:\[(.+)\]|([\d.]+))(?::\d+)?$/.exec(address) ?? []
  const host = bracketed ?? dottedQuad ?? address
  const withoutZone = host.replace(/%.*$/, '')
  if (!isIPv6(withoutZone)) return host
  const groups = expand(withoutZone)
  if (groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff') return dotted(groups.slice(6))
  return `${groups.slice(0, 4).join(':')}::/64`
}

/** The eight groups, lower case, without leading zeros. The URL parser reduces every spelling to one. */
function expand(address: string): readonly string[] {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const before = head === '' ? [] : head.split(':')
  if (tail === undefined) return before
  const after = tail === '' ? [] : tail.split(':')
  return [...before, ...new Array<string>(8 - before.length - after.length).fill('0'), ...after]
}

function dotted(groups: readonly string[]): string {
  return groups
    .map((group) => Number.parseInt(group, 16))
    .flatMap((value) => [value >> 8, value & 0xff])
    .join('.')
}
