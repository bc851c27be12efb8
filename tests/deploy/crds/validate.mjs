// Reads a list of custom resources (JSON) and says what is wrong with each; status 1 if anything is.
import { readFileSync } from "node:fs";

const models = {
  "keda.sh/v1alpha1": () => import("@kubernetes-models/keda/keda.sh/v1alpha1"),
  "monitoring.coreos.com/v1": () =>
    import("@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1"),
};

for (const resource of JSON.parse(readFileSync(0, "utf8"))) {
  const { apiVersion, kind, metadata } = resource;
  try {
    const found = await models[apiVersion]();
    new found[kind](resource).validate();
  } catch (error) {
    console.error(`${kind} ${metadata.name}: ${error.message}`);
    process.exitCode = 1;
  }
}
