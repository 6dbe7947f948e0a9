import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { ApiError, describeCause } from './api-error.ts';

/** Where the API server is, and what lets a request in. */
export interface ClusterEndpoint {
  /** `'https://192.0.2.1:6443'`, with a path below which the API is, if any. */
  readonly server: string;
  /** Headers, certificates and the like, as node:https takes them. */
  readonly options: Readonly<RequestOptions>;
}

/**
 * Finds out, before each request, where the API server is and what lets the request in: tokens and certificates are replaced
 * while a process runs.
 * @param renew whether the last request was refused as unauthorized, so that nothing remembered may be used
 */
export type ClusterAccess = (renew: boolean) => Promise<ClusterEndpoint>;

/** Options of {@link inClusterAccess}. */
export interface InClusterOptions {
  /** Default: `https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT`. */
  readonly server?: string | undefined;
  /** Where the service account's token and the certificate authority are. */
  readonly folder?: string | undefined;
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The access that a pod has by its service account. Both files are read again for each request, and nothing of
 * `@kubernetes/client-node` is loaded.
 */
export function inClusterAccess({ server, folder = SERVICE_ACCOUNT }: InClusterOptions = {}): ClusterAccess {
  return async () => {
    const address = server ?? serverOfPod();
    const [token, ca] = await Promise.all([
      readCredential(join(folder, 'token')),
      readCredential(join(folder, 'ca.crt')),
    ]);
    return { server: address, options: { headers: { authorization: `Bearer ${token.trim()}` }, ca } };
  };
}

function serverOfPod(): string {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
  if (!host || !port)
    throw new ApiError(
      'ERR_KUBERNETES_CONFIG',
      'KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: this is no pod',
    );
  return `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

async function readCredential(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new ApiError('ERR_KUBERNETES_CONFIG', `Cannot read ${path} (${describeCause(cause)})`, { cause });
  }
}

/**
 * The access that a kubeconfig gives, with all that `@kubernetes/client-node` knows: client certificates, tokens, exec plugins,
 * OpenID Connect, proxies.
 * @param load loads the configuration; called again when the API server refused what the last one held
 */
export function kubeConfigAccess(load: () => KubeConfig | Promise<KubeConfig>): ClusterAccess {
  let loaded: KubeConfig | undefined;
  return async (renew) => {
    try {
      if (renew) loaded = undefined;
      loaded ??= await load();
      return await endpointOf(loaded);
    } catch (cause) {
      loaded = undefined; // the file may be mended until the next attempt
      if (cause instanceof ApiError) throw cause;
      const problem = cause instanceof Error ? cause.message : String(cause); // which names the file that is missing
      throw new ApiError('ERR_KUBERNETES_CONFIG', `The cluster's configuration is unusable: ${problem}`, { cause });
    }
  };
}

async function endpointOf(config: KubeConfig): Promise<ClusterEndpoint> {
  const cluster = config.getCurrentCluster();
  if (!cluster)
    throw new ApiError('ERR_KUBERNETES_CONFIG', 'The kubeconfig has no current context, or its cluster is missing');
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  // Its agents keep the certificates of the first request; only through a proxy is there no other way.
  if (!cluster.proxyUrl) delete options.agent;
  return { server: cluster.server, options };
}

/** Options of {@link clusterAccess}. */
export interface ClusterAccessOptions {
  /** A kubeconfig file. Default: a pod's own service account, or what kubectl would use elsewhere. */
  readonly kubeconfig?: string | undefined;
  /** Where the API server is, if not where the configuration says. */
  readonly server?: string | undefined;
}

/** The access that a program has: by a kubeconfig where one is named, by its service account in a pod, or as kubectl. */
export function clusterAccess({ kubeconfig, server }: ClusterAccessOptions = {}): ClusterAccess {
  if (kubeconfig === undefined && process.env['KUBERNETES_SERVICE_HOST'] && !process.env['KUBECONFIG'])
    return inClusterAccess({ server });
  const access = kubeConfigAccess(async () => {
    // Loaded where it is needed alone: it takes a second and 85 MB.
    const { KubeConfig } = await import('@kubernetes/client-node');
    const config = new KubeConfig();
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
    return config;
  });
  return server === undefined ? access : async (renew) => ({ ...(await access(renew)), server });
}
