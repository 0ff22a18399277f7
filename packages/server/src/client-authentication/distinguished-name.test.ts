import { X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { commonName, selfSigned } from './certificate.fixture.ts'
import type { CertificateFacts } from './certificate.fixture.ts'
import { isSameName, parseDistinguishedName, parseNodeSubject } from './distinguished-name.ts'

const [organization, country, unit] = ['2.5.4.10', '2.5.4.6', '2.5.4.11']
type Subject = NonNullable<CertificateFacts['subject']>

const acme: Subject = [[[country, 'DE']], [[organization, 'Acme']], [[commonName, 'billing']]]
const one = (value: string): Subject => [[[commonName, value]]]

interface Case {
  readonly name: string
  readonly subject?: Subject
  readonly text: string
  readonly isSame: boolean
}

const cases: readonly Case[] = [
  { name: 'its name in the order of RFC 4514', text: 'CN=billing,O=Acme,C=DE', isSame: true },
  {
    name: 'its name with types in lower case and as object identifiers',
    text: 'cn=billing,2.5.4.10=Acme,c=DE',
    isSame: true,
  },
  { name: 'not its name in the order of OpenSSL', text: 'C=DE,O=Acme,CN=billing', isSame: false },
  { name: 'not another name', text: 'CN=shipping,O=Acme,C=DE', isSame: false },
  { name: 'not a part of it', text: 'CN=billing,O=Acme', isSame: false },
  { name: 'not more than it', text: 'CN=billing,CN=billing,O=Acme,C=DE', isSame: false },
  { name: 'not its name in other letters', text: 'CN=Billing,O=Acme,C=DE', isSame: false },
  {
    name: 'its name whose parts have several attributes, in any order of those',
    subject: [
      [
        [commonName, 'a'],
        [unit, 'b'],
      ],
    ],
    text: 'OU=b+CN=a',
    isSame: true,
  },
  {
    name: 'not the same attributes in parts of their own',
    subject: [[[commonName, 'a']], [[unit, 'b']]],
    text: 'OU=b+CN=a',
    isSame: false,
  },
  {
    name: 'its name with a comma and a plus sign',
    subject: one('Acme, Inc. + Co'),
    text: String.raw`CN=Acme\, Inc. \+ Co`,
    isSame: true,
  },
  {
    name: 'its name with all that must be escaped',
    subject: one('"a"<b>;c\\d=e'),
    text: String.raw`CN=\"a\"\<b\>\;c\\d\=e`,
    isSame: true,
  },
  { name: 'its name with spaces at the ends', subject: one(' a '), text: String.raw`CN=\ a\ `, isSame: true },
  { name: 'its name with a number sign at the start', subject: one('#a'), text: String.raw`CN=\#a`, isSame: true },
  { name: 'its name with letters beyond ASCII', subject: one('Ünïcøde 東'), text: 'CN=Ünïcøde 東', isSame: true },
  { name: 'its name with letters in hexadecimal', subject: one('Ü'), text: String.raw`CN=\C3\9C`, isSame: true },
  { name: 'its name with a line feed', subject: one('a\nO=Acme'), text: String.raw`CN=a\0AO\=Acme`, isSame: true },
  {
    name: 'not what a line feed in its name pretends',
    subject: one('a\nO=Acme'),
    text: 'O=Acme,CN=a',
    isSame: false,
  },
  {
    name: 'not what a comma in its name pretends',
    subject: one('billing,O=Acme,C=DE'),
    text: 'CN=billing,O=Acme,C=DE',
    isSame: false,
  },
  { name: 'not what a plus sign in its name pretends', subject: one('a + OU=b'), text: 'CN=a+OU=b', isSame: false },
  {
    name: 'its name with types that few know',
    subject: [[['2.5.4.97', 'PSDDE-1']], [['0.9.2342.19200300.100.1.1', 'u1']]],
    text: 'UID=u1,organizationIdentifier=PSDDE-1',
    isSame: true,
  },
  {
    name: 'its name with a type that has no name',
    subject: [[['1.2.3.4.5', 'x']]],
    text: '1.2.3.4.5=x',
    isSame: true,
  },
]

describe('the subject of a certificate is', () => {
  for (const { name, subject = acme, text, isSame } of cases) {
    test(name, async () => {
      const parsed = parseDistinguishedName(text)
      const { der } = await selfSigned({ subject })
      const actual = parseNodeSubject(new X509Certificate(der).subject)
      if (parsed === undefined || actual === undefined) throw new Error('a name is malformed')
      expect(isSameName(parsed, actual)).toBe(isSame)
    })
  }
})

describe('is no name', () => {
  for (const text of [
    '',
    'billing',
    'CN',
    'CN=',
    '=billing',
    'CN=billing,',
    ',CN=billing',
    'CN=billing,,O=Acme',
    'CN=billing+',
    'CN= billing',
    'CN=billing ',
    'CN=billing, O=Acme',
    'CN=#0c0161',
    'CN="billing"',
    'CN=a;O=b',
    'CN=a<b',
    'CN=a\0b',
    String.raw`CN=a\b`,
    String.raw`CN=a\zz`,
    String.raw`CN=\FF`,
    'CN=a\\',
    'XX=billing',
    '2.5.04.3=billing',
    '2=billing',
  ]) {
    test(JSON.stringify(text), () => expect(parseDistinguishedName(text)).toBeUndefined())
  }
  test('the subject of a certificate that has none', () => expect(parseNodeSubject('')).toBeUndefined())
})
