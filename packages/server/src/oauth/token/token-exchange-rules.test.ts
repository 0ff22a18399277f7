import { describe, expect, test } from 'vitest'
import { makeClient } from '../../client-authentication/client.fixture.ts'
import type { Client } from '../../store/records.ts'
import { checkPresentedToken, findActor, findTarget } from './token-exchange-rules.ts'
import type { PresentedToken } from './token-exchange-rules.ts'

const issuer = 'https://id.example'
const orders = 'https://orders.example'
const stock = 'https://stock.example'
const now = 1_700_000_000
const claims = { iss: issuer, aud: orders, sub: 'u1', client_id: 'shop', exp: now + 60, jti: 't1', sid: 'g1' }
const service = (facts: Partial<Client> = {}) =>
  makeClient({ id: 'service', authentication: 'client_secret', serves: [orders], audiences: [stock], ...facts })
const refusal = (code: string) => expect.objectContaining({ name: 'OAuthError', code })

describe('a token can be exchanged', () => {
  const jkt = 'k'.repeat(43)
  const bound = { ...claims, cnf: { jkt } }
  for (const { name, token = claims, client = service(), proven = {}, code } of [
    { name: 'by the API that it is for' },
    { name: 'by the client that it was issued to', client: service({ id: 'shop', serves: [] }) },
    { name: 'not by another', client: service({ serves: [stock] }), code: 'invalid_request' },
    { name: 'one second before its end', token: { ...claims, exp: now + 1 } },
    { name: 'not at its end', token: { ...claims, exp: now }, code: 'invalid_request' },
    { name: 'not without an end', token: { ...claims, exp: undefined }, code: 'invalid_request' },
    { name: 'not for two audiences', token: { ...claims, aud: [orders, stock] }, code: 'invalid_request' },
    { name: 'not if single-use', token: { ...claims, single_use: true }, code: 'invalid_request' },
    { name: 'if bound, by the API that has seen the proof', token: bound },
    {
      name: 'if bound, by the client that proves the key',
      token: bound,
      client: service({ id: 'shop', serves: [] }),
      proven: { jkt },
    },
    {
      name: 'if bound, not with another key',
      token: bound,
      client: service({ id: 'shop', serves: [] }),
      proven: { jkt: 'x'.repeat(43) },
      code: 'invalid_request',
    },
    {
      name: 'if bound in two ways, not with one proof',
      token: { ...claims, cnf: { jkt, 'x5t#S256': 'c'.repeat(43) } },
      client: service({ id: 'shop', serves: [] }),
      proven: { jkt },
      code: 'invalid_request',
    },
  ]) {
    test(name, () => {
      const { exp, ...rest } = token
      const given = exp === undefined ? rest : { ...rest, exp }
      const check = () => checkPresentedToken(given, client, proven, now)
      if (code) expect(check).toThrow(refusal(code))
      else expect(check()).toMatchObject(given)
    })
  }
})

describe('the new token is for', () => {
  const api = (audience: string, scopes: readonly string[]) => ({
    ...{ audience, name: audience, scopes, alg: 'ES256' as const, singleUseScopes: [], sessionKeys: false },
    createdAt: now,
  })
  const known = [api(orders, ['read', 'write', 'count']), api(stock, ['read', 'count'])]
  const deps = { issuer, apis: { find: async (uri: string) => known.find(({ audience }) => audience === uri) } }
  const client = service({ scopes: ['openid', 'read', 'count', 'other'], audiences: [orders, stock] })
  const subject = { ...claims, scope: 'read' }
  const grant = { resource: orders, scope: 'read write' }
  const elsewhere = { ...subject, aud: 'https://elsewhere.example' }
  for (const { name, token = subject, target, scopes, answer, code } of [
    { name: 'the same place and scope by default', answer: { resource: orders, scope: 'read' } },
    { name: 'less of it', scopes: [], answer: { resource: orders, scope: '' } },
    { name: 'never more of it', scopes: ['write'], code: 'invalid_scope' },
    { name: 'another API, what the client may have', target: stock, answer: { resource: stock, scope: 'read count' } },
    { name: 'another API, less', target: stock, scopes: ['count'], answer: { resource: stock, scope: 'count' } },
    { name: 'no scope of the person elsewhere', target: stock, scopes: ['openid'], code: 'invalid_scope' },
    { name: 'no scope that the API does not know', target: stock, scopes: ['other'], code: 'invalid_scope' },
    { name: 'no API that is unknown', target: 'https://none.example', code: 'invalid_target' },
    { name: 'not the issuer', target: issuer, code: 'invalid_target' },
    {
      name: 'the issuer where the old one was',
      token: { ...subject, aud: issuer, scope: 'openid profile' },
      scopes: ['openid'],
      answer: { resource: null, scope: 'openid' },
    },
    { name: 'no API that is gone', token: { ...subject, aud: 'https://gone.example' }, code: 'invalid_target' },
    {
      name: 'the API of the grant, by way of another one, what was agreed to there',
      token: elsewhere,
      target: orders,
      answer: { resource: orders, scope: 'read' },
    },
    {
      name: 'the API of the grant, never more than was agreed to there',
      token: elsewhere,
      target: orders,
      scopes: ['count'],
      code: 'invalid_scope',
    },
    { name: 'nothing, if the old one was', token: claims, answer: { resource: orders, scope: '' } },
  ]) {
    test(name, async () => {
      const found = findTarget(token, { target, scopes }, client, grant, deps)
      if (code) await expect(found).rejects.toThrow(refusal(code))
      else expect(await found).toMatchObject(answer!)
    })
  }
})

describe('with the new token acts', () => {
  const client = service()
  const clerk: PresentedToken = { ...claims, sub: 'u2' }
  const chain = (length: number): object => ({ sub: `s${length}`, ...(length > 1 && { act: chain(length - 1) }) })
  for (const { name, token, actor, by = client, act } of [
    { name: 'the service', token: claims, act: { sub: 'service' } },
    {
      name: 'the service, for whoever acted before',
      token: { ...claims, act: chain(4) },
      act: { sub: 'service', act: chain(4) },
    },
    { name: 'the subject of the actor token', token: claims, actor: clerk, act: { sub: 'u2' } },
    { name: 'nobody new, if it is the client’s own', token: claims, by: service({ id: 'shop' }), act: undefined },
    {
      name: 'whoever acted before, if it is the client’s own',
      token: { ...claims, act: chain(5) },
      by: service({ id: 'shop' }),
      act: chain(5),
    },
    {
      name: 'the subject of the actor token, though it is the client’s own',
      token: claims,
      actor: clerk,
      by: service({ id: 'shop' }),
      act: { sub: 'u2' },
    },
  ]) {
    test(name, () => expect(findActor(token, actor, by)).toEqual(act))
  }

  test('no sixth', () => {
    expect(() => findActor({ ...claims, act: chain(5) }, undefined, client)).toThrow(refusal('invalid_request'))
  })
})
