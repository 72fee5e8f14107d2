/* false: do nothing, and fail. */
int main(void)
{
	return 1;
}
