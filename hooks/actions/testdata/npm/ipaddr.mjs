import ipaddr from "ipaddr.js";

const office = [ipaddr.parseCIDR("192.0.2.0/24"), ipaddr.parseCIDR("2001:db8::/32")];
const isOffice = (text) => {
  const address = ipaddr.process(text);
  return office.some(([network, bits]) => address.kind() === network.kind() && address.match(network, bits));
};

export const onExecutePostLogin = async (event, api) => {
  api.accessToken.setCustomClaim("result", [
    isOffice("::ffff:192.0.2.1"), isOffice("2001:db8::1"), isOffice("198.51.100.7"),
    ipaddr.parse("10.0.0.1").range(), ipaddr.isValid("300.1.1.1"),
  ]);
};
