import { Fields } from "../../../http1/fields.ts";
import { ownOptions } from "../../../tcp/own-options.ts";
import { parsedUrl } from "../../parsed-url.ts";
import type { Step } from "../step.ts";
import type { CookieJar } from "./cookie-jar.ts";

/**
 * A step that sends the cookies of a jar, and puts those of each response into the jar. Behind a step that follows
 * redirects, each request has the cookies of its own URL.
 *
 * A request with a Cookie field of its own goes as it is. What a response sets is kept all the same.
 *
 *     const jar = createCookieJar();
 *     const send = withSteps((input) => client.request(input), cookies(jar));
 */
export function cookies(jar: Pick<CookieJar, "fieldFor" | "received">): Step {
  return async (input, next) => {
    // A wrong URL is told by the client, in its own words.
    if (parsedUrl(String(input.url)) === undefined) return next(input);
    const given = Fields.from(input.fields);
    const field = given.has("cookie") ? undefined : jar.fieldFor(input.url);
    const response = await next(
      field === undefined ? input : ownOptions(input, { fields: given.with("Cookie", field) }),
    );
    const set = response.fields.getAll("set-cookie");
    try {
      if (set.length > 0) await jar.received(input.url, set);
    } catch (error) {
      response.discard();
      throw error;
    }
    return response;
  };
}
