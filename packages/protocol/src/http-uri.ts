/**
 * One spelling for each http(s) URI (RFC 3986 §6.2.2, §6.2.3): so that two ends compare what they mean, as texts.
 *
 * Not the URL parser of browsers, which mends what is broken: a backslash, a space, a tab. What is broken is refused here.
 */

const unreserved = String.raw`a-z0-9._~\-`
const subDelims = "!$&'()*+,;="
const encoded = '%[0-9a-f]{2}'
// Not allowed by RFC 3986, and sent by every browser as they are, `?page[size]=10` above all: escaped here.
const tolerated = String.raw`\[\]|^`
const httpUri = new RegExp(
  String.raw`^(https?)://((?:[${unreserved}${subDelims}]|${encoded})+|\[[0-9a-f:.]+\])(?::([0-9]*))?` +
    String.raw`((?:/(?:[${unreserved}${subDelims}${tolerated}:@]|${encoded})*)*)` +
    String.raw`(\?(?:[${unreserved}${subDelims}${tolerated}{}\u0060:@/?]|${encoded})*)?(?:#.*)?$`,
  'i',
)
/** Already normal, as most are: lower case, no default port, no escapes, and no dot at the start of a segment. */
const plainUri =
  /^https?:\/\/[a-z0-9.-]+(?::(?!(?:80|443)\/)(?:[1-5][0-9]{4}|[1-9][0-9]{0,3}))?(?:\/(?!\.)[A-Za-z0-9_~.-]*)+(?:\?[A-Za-z0-9._~=&-]*)?$/

const defaultPorts: Readonly<Record<string, number>> = { http: 80, https: 443 }

/**
 * Answers the URI with its scheme and host in lower case, without a default port or a fragment, with escapes only where
 * needed and in upper case, without dot segments, and with `/` for an empty path. Undefined if it is not an http(s) URI,
 * or holds user information.
 */
export function normalizeHttpUri(text: string): string | undefined {
  if (plainUri.test(text)) return text
  const [, scheme = '', host = '', port = '', path = '', query = ''] = httpUri.exec(text) ?? []
  if (host === '') return undefined
  const name = scheme.toLowerCase()
  const portNumber = port === '' ? defaultPorts[name] : Number(port)
  if (portNumber === undefined || portNumber > 65_535) return undefined
  const suffix = portNumber === defaultPorts[name] ? '' : `:${portNumber}`
  // Escapes first: an escaped dot is a dot (RFC 3986 §6.2.2.3).
  const segments = removeDotSegments(normalizeEscapes(path))
  return `${name}://${normalizeHost(host)}${suffix}${segments}${normalizeEscapes(query)}`
}

function normalizeHost(host: string): string {
  if (host.startsWith('[')) return host.toLowerCase()
  return normalizeEscapes(host.toLowerCase()).replace(/%[0-9A-F]{2}|[A-Z]/g, (part) =>
    part.length === 1 ? part.toLowerCase() : part,
  )
}

function normalizeEscapes(text: string): string {
  return text.replace(/%([0-9a-f]{2})|[[\]|^{}`]/gi, (match, hex: string | undefined) => {
    if (hex === undefined) return `%${match.charCodeAt(0).toString(16).toUpperCase()}`
    const character = String.fromCharCode(Number.parseInt(hex, 16))
    return /[A-Za-z0-9._~-]/.test(character) ? character : match.toUpperCase()
  })
}

/** RFC 3986 §5.2.4, of an absolute path. */
function removeDotSegments(path: string): string {
  const segments = path.split('/').slice(1)
  const kept: string[] = []
  for (const segment of segments) {
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
  }
  const last = segments.at(-1)
  const endsInDirectory = last === '.' || last === '..'
  return `/${kept.join('/')}${endsInDirectory && kept.length > 0 ? '/' : ''}`
}
