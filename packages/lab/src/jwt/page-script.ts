/// <reference lib="dom" />
/**
 * The script of the page of `jwt`. It is sent to the browser as the text of this one function, which therefore uses
 * nothing from outside itself.
 */

export function runPage(): void {
  const storageKey = 'token'
  const status = element('status')
  const tokenSection = element('token')
  const phonesSection = element('phones')
  const phoneList = element('phone-list')

  onSubmit('register', async (form) => {
    await call('POST', '/register', new FormData(form))
    form.reset()
    tell('Registered. You can log in now.')
  })
  onSubmit('login', async (form) => {
    const { token } = await call('POST', '/login', new FormData(form))
    localStorage.setItem(storageKey, String(token))
    form.reset()
    showToken()
    await showPhones()
    tell('Logged in.')
  })
  onSubmit('add-phone', async (form) => {
    await call('POST', '/api/phone/', new FormData(form))
    form.reset()
    await showPhones()
    tell('Phone added.')
  })
  onClick('get-phones', async () => {
    await showPhones()
    tell('Phones are up to date.')
  })
  onClick('log-out', async () => {
    localStorage.removeItem(storageKey)
    showToken()
    tell('Logged out. The token itself stays valid until it expires: this server cannot take it back.')
  })

  try {
    showToken()
  } catch {
    // What lies there is no token: another server may have been here, at the same address.
    localStorage.removeItem(storageKey)
    showToken()
  }
  if (localStorage.getItem(storageKey) !== null) void attempt(showPhones)
  setInterval(showLifetime, 1000)

  async function showPhones(): Promise<void> {
    const { phones } = await call('GET', '/api/phone/')
    const texts = Array.isArray(phones) ? phones.map(String) : []
    phoneList.replaceChildren(
      ...texts.map((text) => {
        const item = document.createElement('li')
        item.textContent = text
        return item
      }),
    )
    element('no-phones').hidden = texts.length > 0
  }

  function showToken(): void {
    const token = localStorage.getItem(storageKey)
    tokenSection.hidden = token === null
    phonesSection.hidden = token === null
    const [header = '', payload = '', signature = ''] = (token ?? '').split('.')
    element('token-header').textContent = decode(header)
    element('token-payload').textContent = decode(payload)
    element('token-signature').textContent = signature
    phoneList.replaceChildren()
    showLifetime()
  }

  function showLifetime(): void {
    const payload = element('token-payload').textContent
    if (payload === '') return
    const { exp } = JSON.parse(payload) as { exp: number }
    const seconds = Math.ceil(exp - Date.now() / 1000)
    const instant = new Date(exp * 1000).toLocaleTimeString()
    element('token-lifetime').textContent =
      seconds > 0 ? `Expires at ${instant}, in ${seconds} s.` : `Expired at ${instant}. Log in again.`
  }

  /** For display alone: whether the signature holds is for the server to say. */
  function decode(part: string): string {
    const binary = atob(part.replaceAll('-', '+').replaceAll('_', '/'))
    return new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)))
  }

  async function call(method: string, path: string, form?: FormData): Promise<Record<string, unknown>> {
    const token = localStorage.getItem(storageKey)
    const body =
      form && new URLSearchParams([...form].map(([name, value]): [string, string] => [name, value as string]))
    const headers: Record<string, string> = token === null ? {} : { Authorization: `Bearer ${token}` }
    const response = await fetch(path, { method, headers, body: body ?? null })
    const answer = (await response.json()) as Record<string, unknown>
    if (!response.ok) throw new Error(String(answer['error']))
    return answer
  }

  function onSubmit(id: string, act: (form: HTMLFormElement) => Promise<void>): void {
    const form = element(id) as HTMLFormElement
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      void attempt(() => act(form))
    })
  }

  function onClick(id: string, act: () => Promise<void>): void {
    element(id).addEventListener('click', () => void attempt(act))
  }

  async function attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act()
    } catch (error) {
      tell(error instanceof TypeError ? 'The server cannot be reached.' : (error as Error).message, 'refused')
    }
  }

  function tell(text: string, kind = 'done'): void {
    status.textContent = text
    status.dataset['kind'] = kind
  }

  function element(id: string): HTMLElement {
    const found = document.getElementById(id)
    if (found === null) throw new Error(`no element "${id}"`)
    return found
  }
}
