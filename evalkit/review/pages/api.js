// What the server says, and how it fails: out of reach, signed out, or no.
const PATIENCE_MS = 15_000;

export class OutOfReach extends Error {}
export class SignedOut extends Error {}
export class Refused extends Error {}

export class Api {
  #csrf = "";

  // Who I am and what is asked. Asked again where the server has started anew.
  async session() {
    const session = await this.get("/api/session");
    this.#csrf = session.csrf;
    return session;
  }

  get(path) { return this.#ask(path, {}); }

  async post(path, body) {
    const send = () => this.#ask(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": this.#csrf },
      body: JSON.stringify(body),
    });
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof SignedOut)) throw error;
      // The server may have a new token for forms: once more with that.
      await this.session();
      return send();
    }
  }

  async #ask(path, options) {
    let response;
    let text;
    try {
      response = await fetch(path, { ...options, cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
      text = await response.text();
    } catch (error) {
      throw new OutOfReach(error.message);
    }
    if (response.ok) return parsed(text);
    const message = reason(text) ?? `the server said ${response.status}`;
    if (response.status === 401 || response.status === 403) throw new SignedOut(message);
    if (response.status >= 500 || response.status === 429 || response.status === 408) throw new OutOfReach(message);
    throw new Refused(message);
  }
}

function parsed(text) {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    throw new OutOfReach("the answer is not from this server");
  }
}

function reason(text) {
  try {
    const { error, hint } = JSON.parse(text);
    return [error, hint].filter(Boolean).join(". ") || null;
  } catch {
    return null;
  }
}
