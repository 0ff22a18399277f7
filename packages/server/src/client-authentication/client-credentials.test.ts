import { expect, describe, test } from 'vitest'
import { jwtBearer, parseClientCredentials } from './client-credentials.ts'

const basic = (text: string): string => `Basic ${Buffer.from(text, 'latin1').toString('base64')}`
const assertion = { client_assertion: 'a.b.c', client_assertion_type: jwtBearer }

describe('reads one way of client authentication (RFC 6749 §2.3)', () => {
  for (const { name, authorizations = [], form = {}, read } of [
    { name: 'a public client', form: { client_id: 'shop' }, read: { method: 'none', clientId: 'shop' } },
    {
      name: 'client_secret_post',
      form: { client_id: 'shop', client_secret: 's' },
      read: { method: 'client_secret', clientId: 'shop', secret: 's' },
    },
    {
      name: 'client_secret_basic',
      authorizations: [basic('shop:s')],
      read: { method: 'client_secret', clientId: 'shop', secret: 's' },
    },
    {
      name: 'client_secret_basic, form-encoded parts',
      authorizations: [basic('my+shop%3A1:s%25%5F')],
      read: { method: 'client_secret', clientId: 'my shop:1', secret: 's%_' },
    },
    {
      name: 'client_secret_basic beside the same client_id',
      authorizations: [basic('shop:s').replace('Basic', 'basic')],
      form: { client_id: 'shop' },
      read: { method: 'client_secret', clientId: 'shop', secret: 's' },
    },
    {
      name: 'private_key_jwt',
      form: assertion,
      read: { method: 'private_key_jwt', clientId: undefined, assertion: 'a.b.c' },
    },
  ]) {
    test(name, () => expect(parseClientCredentials(authorizations, form)).toEqual(read))
  }
})

describe('refuses', () => {
  const shop = { client_id: 'shop' }
  for (const { name, authorizations = [], form = {}, code = 'invalid_client' } of [
    { name: 'a request that names no client' },
    { name: 'a secret without a client_id', form: { client_secret: 's' } },
    {
      name: 'Basic and a secret',
      authorizations: [basic('shop:s')],
      form: { client_secret: 's' },
      code: 'invalid_request',
    },
    { name: 'Basic and an assertion', authorizations: [basic('shop:s')], form: assertion, code: 'invalid_request' },
    { name: 'a secret and an assertion', form: { ...shop, client_secret: 's', ...assertion }, code: 'invalid_request' },
    { name: 'two Authorization headers', authorizations: [basic('a:s'), basic('b:s')], code: 'invalid_request' },
    { name: 'Basic for another client_id', authorizations: [basic('a:s')], form: shop, code: 'invalid_request' },
    { name: 'another scheme', authorizations: ['Bearer abc'], form: shop },
    { name: 'Basic without credentials', authorizations: ['Basic'] },
    { name: 'Basic without a colon', authorizations: [basic('shop')] },
    { name: 'Basic with two colons', authorizations: [basic('shop:s:t')] },
    { name: 'Basic with an empty client', authorizations: [basic(':s')] },
    { name: 'Basic with a broken escape', authorizations: [basic('shop:%zz')] },
    { name: 'Basic with a control character', authorizations: [basic('shop:%00')] },
    { name: 'Basic beyond ASCII', authorizations: [basic('shop:\u00e9')] },
    { name: 'Basic in base64url', authorizations: ['Basic c2hvcDo_Pz8'] },
    { name: 'Basic with spare bits set', authorizations: ['Basic c2hvcDpzZR=='] },
    { name: 'Basic without padding', authorizations: [basic('shop:s').replace(/=+$/, '').concat('A')] },
    { name: 'an assertion without its type', form: { ...shop, client_assertion: 'a.b.c' } },
    { name: 'a type without an assertion', form: { ...shop, client_assertion_type: jwtBearer } },
    {
      name: 'a SAML assertion',
      form: {
        client_assertion: 'x',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer',
      },
    },
  ]) {
    test(name, () => {
      const read = (): unknown => parseClientCredentials(authorizations, form)
      expect(read).toThrowError(expect.objectContaining({ name: 'OAuthError', code }))
    })
  }
})
