exports.onExecutePostLogin = async (event, api) => {
  const travel = event.authentication?.riskAssessment?.assessments?.ImpossibleTravel;
  if (travel?.code === "impossible_travel_from_last_login") api.session.revoke("Impossible travel");
};
