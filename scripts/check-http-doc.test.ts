import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkCodes, compareHttpPage } from './check-docs/http-page.ts'
import { checkHttpPage } from './check-http-doc.ts'

const served = new Map([
  ['GET /health/live', new Set<string>()],
  ['POST /oauth/token', new Set(['client_id', 'code'])],
])

const page = (...lines: readonly string[]): string =>
  [
    '# HTTP',
    '## Clients',
    '| parameter | shape |',
    '| --- | --- |',
    '| `client_id` | text |',
    '## `GET /health/live`',
    '## `POST /oauth/token`',
    ...lines,
  ].join('\n')

const token = ['It has a [client](#clients).', '| parameter | shape |', '| --- | --- |', '| `code` | text |']

for (const { name, text, line, what } of [
  {
    name: 'a route that the page leaves out',
    text: page(...token).replace(/^## `GET.*$/m, ''),
    line: 1,
    what: 'GET /health/live',
  },
  { name: 'a route that is not there', text: page(...token, '## `GET /nothing`'), line: 12, what: 'no GET /nothing' },
  { name: 'a parameter that the page leaves out', text: page('[client](#clients)'), line: 7, what: 'reads code' },
  {
    name: 'a parameter that a section lacks the link for',
    text: page(...token.slice(1)),
    line: 7,
    what: 'reads client_id',
  },
  {
    name: 'a parameter that is not read',
    text: page(...token, '| `state` | text |'),
    line: 12,
    what: 'not read state',
  },
]) {
  test(`finds ${name}`, () => {
    const mistakes = compareHttpPage({ path: 'http.md', text }, served)
    expect(mistakes).toEqual([{ doc: 'http.md', line, what: expect.stringContaining(what) }])
  })
}

test('takes what is right, whatever other tables there are', () => {
  const text = page(...token, '', '| error | when |', '| --- | --- |', '| `invalid_grant` | spent |')
  expect(compareHttpPage({ path: 'http.md', text }, served)).toEqual([])
})

test('finds a code that nothing answers with', () => {
  const text = page('| error | when |', '| --- | --- |', '| `invalid_grant` | spent |', '| `invalid_gift` | spent |')
  const mistakes = checkCodes({ path: 'http.md', text }, new Set(['invalid_grant']))
  expect(mistakes).toEqual([{ doc: 'http.md', line: 11, what: 'nothing answers with invalid_gift' }])
})

test('the page of this repository agrees with a running server', async () => {
  expect(await checkHttpPage(join(import.meta.dirname, '..'))).toEqual([])
})
