import { describe, expect, test } from 'vitest'
import { fromWebRequest, headerValues, maxBodyBytes } from './guard-request.ts'

const post = (body: BodyInit | null, headers: Record<string, string> = {}): Request =>
  new Request('https://api.example/a?b=c#d', { method: 'POST', body, headers, duplex: 'half' } as RequestInit)

function streamOf(...chunks: readonly (string | Error)[]): ReadableStream {
  const left = [...chunks]
  return new ReadableStream({
    pull(controller) {
      const chunk = left.shift()
      if (chunk === undefined) controller.close()
      else if (typeof chunk === 'string') controller.enqueue(new TextEncoder().encode(chunk))
      else controller.error(chunk)
    },
  })
}

test('header values are found by name, one for each time, whatever the case', () => {
  const rawHeaders = ['DPoP', 'a', 'X-DPoP', 'b', 'dpop', 'c', 'Note', 'dpop']
  expect(headerValues({ method: 'GET', url: '/', rawHeaders }, 'dpop')).toEqual(['a', 'c'])
  expect(headerValues({ method: 'GET', url: '/', rawHeaders }, 'host')).toEqual([])
})

test('a web request has its method, its target and its headers', () => {
  const request = fromWebRequest(post('x', { DPoP: 'a' }))
  expect(request).toMatchObject({ method: 'POST', url: '/a?b=c#d' })
  expect(headerValues(request, 'dpop')).toEqual(['a'])
})

describe('the body of a web request', () => {
  for (const { name, body, bytes } of [
    { name: 'is read', body: 'abc', bytes: 'abc' },
    { name: 'is read from a stream', body: streamOf('a', 'b', 'c'), bytes: 'abc' },
    { name: 'is empty where there is none', body: null, bytes: '' },
  ]) {
    test(name, async () => {
      expect(Buffer.from(await fromWebRequest(post(body)).readBody!()).toString()).toBe(bytes)
    })
  }

  for (const { name, request, maxBytes, refusal } of [
    {
      name: 'that is too large',
      request: post('x'.repeat(maxBodyBytes + 1)),
      refusal: { code: 'body_too_large', status: 413, headers: { Connection: 'close' } },
    },
    {
      name: 'that says that it is',
      request: post(streamOf('x'), { 'content-length': '9999999' }),
      refusal: { code: 'body_too_large' },
    },
    {
      name: 'that is larger than the caller allows',
      request: post('abcd'),
      maxBytes: 3,
      refusal: { code: 'body_too_large' },
    },
    {
      name: 'that breaks off',
      request: post(streamOf('a', new Error('reset'))),
      refusal: { code: 'body_incomplete', status: 400 },
    },
  ] as const) {
    test(`is refused ${name}`, async () => {
      const reading = fromWebRequest(request).readBody!(maxBytes)
      await expect(reading).rejects.toMatchObject({ name: 'GuardError', ...refusal })
    })
  }

  test('that another has read is the caller’s mistake', async () => {
    const request = post('abc')
    await request.text()
    await expect(fromWebRequest(request).readBody!()).rejects.toThrow(TypeError)
  })
})
