import { describe, expect, test } from 'vitest'
import { parseForm } from './parse-form.ts'

describe('accepts', () => {
  for (const { text, form } of [
    { text: '', form: {} },
    { text: 'a=1&b=2', form: { a: '1', b: '2' } },
    { text: 'a=x+y%2Bz', form: { a: 'x y+z' } },
    { text: 'a=b=c', form: { a: 'b=c' } },
    { text: 'a=%C3%BC&b=ü', form: { a: 'ü', b: 'ü' } },
    { text: '%61=1', form: { a: '1' } },
    { text: 'constructor=1&__proto__=2', form: { constructor: '1', ['__proto__']: '2' } },
    { text: 'a=%EF%BB%BFx', form: { a: '\ufeffx' } },
    // RFC 6749 §3.1: a parameter without a value counts as omitted.
    { text: 'a=&b&c=1', form: { c: '1' } },
  ]) {
    test(JSON.stringify(text), () => {
      expect(Object.entries(parseForm(Buffer.from(text)))).toEqual(Object.entries(form))
    })
  }
})

describe('refuses', () => {
  for (const { what, text, code } of [
    { what: 'a repeated parameter', text: 'a=1&a=1', code: 'parameter_repeated' },
    { what: 'a parameter repeated in another spelling', text: 'a=1&%61=2', code: 'parameter_repeated' },
    { what: 'a parameter repeated without a value', text: 'a=1&a=', code: 'parameter_repeated' },
    { what: 'a NUL', text: 'a=%00', code: 'form_malformed' },
    { what: 'a raw NUL', text: 'a=\0', code: 'form_malformed' },
    { what: 'an escape that is not hexadecimal', text: 'a=%zz', code: 'form_malformed' },
    { what: 'an escape cut short', text: 'a=%4', code: 'form_malformed' },
    { what: 'an escape of nothing', text: 'a=%', code: 'form_malformed' },
    { what: 'an overlong encoding', text: 'a=%C0%AF', code: 'form_malformed' },
    { what: 'a surrogate', text: 'a=%ED%A0%80', code: 'form_malformed' },
    { what: 'raw bytes that are not UTF-8', text: Buffer.from([0x61, 0x3d, 0xff]), code: 'form_malformed' },
    { what: 'a name that is not UTF-8', text: '%FF=1', code: 'form_malformed' },
    { what: 'a value without a name', text: '=1', code: 'form_malformed' },
    { what: 'an empty pair', text: 'a=1&&b=2', code: 'form_malformed' },
    { what: 'too many', text: Array.from({ length: 101 }, (_, i) => `a${i}=1`).join('&'), code: 'form_malformed' },
  ]) {
    test(what, () => {
      expect(() => parseForm(text)).toThrow(expect.objectContaining({ name: 'ProblemError', status: 400, code }))
    })
  }
})
