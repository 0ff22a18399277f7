/** What is no HTTP, or HTTP that two readers would read in two ways. */

export interface Malformed {
  readonly what: string
  readonly text: string
  readonly status: number
}

/** `body` is a sound one for `path`, with its content type. */
export function malformedRequests(path: string, type: string, body: string): readonly Malformed[] {
  const head = (...lines: readonly string[]): string =>
    [`POST ${path} HTTP/1.1`, 'Host: x', `Content-Type: ${type}`, ...lines, '', ''].join('\r\n')
  const length = `Content-Length: ${body.length}`
  return [
    { what: 'no HTTP at all', text: 'hello\r\n\r\n', status: 400 },
    { what: 'TLS on a plain port', text: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', status: 400 },
    { what: 'HTTP/2', text: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', status: 400 },
    { what: 'a method that is none', text: `FETCH ${path} HTTP/1.1\r\nHost: x\r\n\r\n`, status: 400 },
    { what: 'a version that is none', text: `POST ${path} HTTP/1.9\r\nHost: x\r\n\r\n`, status: 400 },
    { what: 'no version', text: `POST ${path}\r\n\r\n`, status: 400 },
    { what: 'a space in the URL', text: `POST ${path} x HTTP/1.1\r\nHost: x\r\n\r\n`, status: 400 },
    { what: 'a NUL in the URL', text: `POST ${path}\0 HTTP/1.1\r\nHost: x\r\n\r\n`, status: 400 },
    { what: 'no Host', text: `POST ${path} HTTP/1.1\r\n${length}\r\n\r\n${body}`, status: 400 },
    { what: 'two Hosts', text: head('Host: y', length) + body, status: 400 },
    { what: 'a NUL in a header', text: head('X: a\0b', length) + body, status: 400 },
    { what: 'a header without a colon', text: head('X', length) + body, status: 400 },
    { what: 'a space before the colon', text: head('X : a', length) + body, status: 400 },
    { what: 'a folded header', text: head('X: a', ' b: c', length) + body, status: 400 },
    { what: 'headers that are too large', text: head(`X: ${'a'.repeat(20_000)}`, length) + body, status: 431 },
    {
      what: 'a URL that is too long',
      text: `POST ${path}?${'a'.repeat(9000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
      status: 414,
    },
    { what: 'two lengths', text: head(length, 'Content-Length: 1') + body, status: 400 },
    { what: 'a length that is none', text: head('Content-Length: 1e1') + body, status: 400 },
    { what: 'a length below zero', text: head('Content-Length: -1') + body, status: 400 },
    { what: 'a length and chunks', text: head(length, 'Transfer-Encoding: chunked') + body, status: 400 },
    { what: 'an encoding that is none', text: head('Transfer-Encoding: xchunked') + body, status: 400 },
    { what: 'chunks that are none', text: `${head('Transfer-Encoding: chunked')}zz\r\n`, status: 400 },
    { what: 'a chunk with an end that is none', text: `${head('Transfer-Encoding: chunked')}1\r\nab\r\n`, status: 400 },
    { what: 'a demand that nobody knows', text: head(length, 'Expect: a-miracle') + body, status: 417 },
  ]
}
