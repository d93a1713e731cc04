/** Where curl looks for its own config file. The first of them that exists is read, unless `-q` stands first. */
export function curlrcPaths(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const { CURL_HOME, XDG_CONFIG_HOME, HOME } = environment;
  const paths: string[] = [];
  if (CURL_HOME) paths.push(`${CURL_HOME}/.curlrc`);
  if (XDG_CONFIG_HOME) paths.push(`${XDG_CONFIG_HOME}/curlrc`);
  if (HOME) paths.push(`${HOME}/.curlrc`);
  if (HOME && !XDG_CONFIG_HOME) paths.push(`${HOME}/.config/curlrc`);
  return paths;
}
