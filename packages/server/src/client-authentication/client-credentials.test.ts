import { expect, describe, test } from 'vitest'
import { jwtBearer, parseClientCredentials } from './client-credentials.ts'

const basic = (text: string): string => `Basic ${Buffer.from(text, 'latin1').toString('base64')}`
const assertion = { client_assertion: 'a.b.c', client_assertion_type: jwtBearer }

describe('reads one way of client authentication (RFC 6749 §2.3)', () => {
  for (const { name, authorization, form = {}, read } of [
    { name: 'a public client', form: { client_id: 'shop' }, read: { method: 'none', clientId: 'shop' } },
    {
      name: 'client_secret_post',
      form: { client_id: 'shop', client_secret: 's' },
      read: { method: 'client_secret', clientId: 'shop', secret: 's' },
    },
    {
      name: 'client_secret_basic',
      authorization: basic('shop:s'),
      read: { method: 'client_secret', clientId: 'shop', secret: 's' },
    },
    {
      name: 'client_secret_basic, form-encoded parts',
      authorization: basic('my+shop%3A1:s%25%5F'),
      read: { method: 'client_secret', clientId: 'my shop:1', secret: 's%_' },
    },
    {
      name: 'client_secret_basic beside the same client_id',
      authorization: basic('shop:s').replace('Basic', 'basic'),
      form: { client_id: 'shop' },
      read: { method: 'client_secret', clientId: 'shop', secret: 's' },
    },
    {
      name: 'private_key_jwt',
      form: assertion,
      read: { method: 'private_key_jwt', clientId: undefined, assertion: 'a.b.c' },
    },
  ]) {
    test(name, () => expect(parseClientCredentials(authorization, form)).toEqual(read))
  }
})

describe('refuses', () => {
  const shop = { client_id: 'shop' }
  for (const { name, authorization, form = {}, code = 'invalid_client' } of [
    { name: 'a request that names no client' },
    { name: 'a secret without a client_id', form: { client_secret: 's' } },
    {
      name: 'Basic and a secret',
      authorization: basic('shop:s'),
      form: { client_secret: 's' },
      code: 'invalid_request',
    },
    { name: 'Basic and an assertion', authorization: basic('shop:s'), form: assertion, code: 'invalid_request' },
    { name: 'a secret and an assertion', form: { ...shop, client_secret: 's', ...assertion }, code: 'invalid_request' },
    { name: 'Basic for another client_id', authorization: basic('a:s'), form: shop, code: 'invalid_request' },
    { name: 'another scheme', authorization: 'Bearer abc', form: shop },
    { name: 'Basic without credentials', authorization: 'Basic' },
    { name: 'Basic without a colon', authorization: basic('shop') },
    { name: 'Basic with two colons', authorization: basic('shop:s:t') },
    { name: 'Basic with an empty client', authorization: basic(':s') },
    { name: 'Basic with a broken escape', authorization: basic('shop:%zz') },
    { name: 'Basic with a control character', authorization: basic('shop:%00') },
    { name: 'Basic beyond ASCII', authorization: basic('shop:\u00e9') },
    { name: 'Basic in base64url', authorization: 'Basic c2hvcDo_Pz8' },
    { name: 'Basic with spare bits set', authorization: 'Basic c2hvcDpzZR==' },
    { name: 'Basic without padding', authorization: basic('shop:s').replace(/=+$/, '').concat('A') },
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
      const read = (): unknown => parseClientCredentials(authorization, form)
      expect(read).toThrow(expect.objectContaining({ name: 'OAuthError', code }))
    })
  }
})
