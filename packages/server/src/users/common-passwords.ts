/** Some 18,000 passwords that are long enough to pass otherwise, in lower case. A file of its own, so as to be loaded late. */

import { dictionary } from '@zxcvbn-ts/language-common'

export const commonPasswords: ReadonlySet<string> = new Set(
  dictionary['passwords-common'].filter((password) => password.length >= 8),
)
