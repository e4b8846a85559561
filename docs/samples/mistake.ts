export const onExecutePostLogin: PostLoginHandler = async (event, api) => {
  const plan: { name: string } | undefined = event.user.app_metadata.plan;
  api.refreshToken.setMetadata("plan", plan.name);
};
