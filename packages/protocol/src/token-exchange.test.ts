import { expect, test } from 'vitest'
import { accessTokenType, parseTokenExchange } from './token-exchange.ts'

const subject = { subject_token: 's', subject_token_type: accessTokenType }
const actor = { actor_token: 'a', actor_token_type: accessTokenType }
const api = 'https://api.example'
const jwt = 'urn:ietf:params:oauth:token-type:jwt'

test('reads the least that an exchange has', () => {
  expect(parseTokenExchange(subject)).toEqual({
    subjectToken: 's',
    actorToken: undefined,
    target: undefined,
    scopes: undefined,
  })
})

test('reads all that it may have; resource and audience are two words for one place (RFC 8693 §2.1)', () => {
  const whole = { ...subject, ...actor, requested_token_type: accessTokenType, scope: 'a b' }
  const read = { subjectToken: 's', actorToken: 'a', target: api, scopes: ['a', 'b'] }
  for (const target of [{ resource: api }, { audience: api }, { resource: api, audience: api }]) {
    expect(parseTokenExchange({ ...whole, ...target })).toEqual(read)
  }
})

for (const { name, form, code = 'invalid_request' } of [
  { name: 'no subject token', form: { subject_token_type: accessTokenType } },
  { name: 'an empty subject token', form: { ...subject, subject_token: '' } },
  { name: 'a subject token without its type', form: { subject_token: 's' } },
  { name: 'a subject token of another type', form: { ...subject, subject_token_type: jwt } },
  { name: 'an actor token without its type', form: { ...subject, actor_token: 'a' } },
  { name: 'an actor token of another type', form: { ...subject, ...actor, actor_token_type: jwt } },
  { name: 'an empty actor token', form: { ...subject, ...actor, actor_token: '' } },
  { name: 'the type of no actor token', form: { ...subject, actor_token_type: accessTokenType } },
  {
    name: 'a request for a refresh token',
    form: { ...subject, requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
  },
  { name: 'a target that is no URI', form: { ...subject, audience: 'api' }, code: 'invalid_target' },
  { name: 'a target with a fragment', form: { ...subject, resource: `${api}#a` }, code: 'invalid_target' },
  { name: 'two targets', form: { ...subject, resource: api, audience: `${api}/` }, code: 'invalid_target' },
  { name: 'a malformed scope', form: { ...subject, scope: 'a  b' }, code: 'invalid_scope' },
]) {
  test(`refuses ${name}: ${code}`, () => {
    const given = form as Readonly<Record<string, string>>
    expect(() => parseTokenExchange(given)).toThrow(expect.objectContaining({ name: 'OAuthError', code }))
  })
}
